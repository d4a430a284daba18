// Runs before the first paint, so that no page flashes in the other theme.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('compasso.theme');
  } catch {
    // Storage may be switched off; the system's theme is then used.
  }
  var system = matchMedia('(prefers-color-scheme: dark)');
  function show() {
    var isChosen = chosen === 'light' || chosen === 'dark';
    document.documentElement.dataset.theme = isChosen ? chosen : system.matches ? 'dark' : 'light';
  }
  show();
  system.addEventListener('change', show);
  window.addEventListener('compasso-theme', function (event) {
    chosen = event.detail;
    show();
  });
})();
