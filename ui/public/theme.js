// Runs before the first paint, so that no page flashes in the other theme or moves its rows.
(function () {
  var system = matchMedia('(prefers-color-scheme: dark)');
  var chosen = { 'compasso.theme': null, 'compasso.density': null };
  try {
    for (var key in chosen) chosen[key] = localStorage.getItem(key);
  } catch {
    // Storage may be switched off; the system's theme is then used.
  }
  function show() {
    var theme = chosen['compasso.theme'];
    var isChosen = theme === 'light' || theme === 'dark';
    document.documentElement.dataset.theme = isChosen ? theme : system.matches ? 'dark' : 'light';
    document.documentElement.dataset.density = chosen['compasso.density'] === 'compact' ? 'compact' : 'comfortable';
  }
  show();
  system.addEventListener('change', show);
  Object.keys(chosen).forEach(function (key) {
    window.addEventListener(key, function (event) {
      chosen[key] = event.detail;
      show();
    });
  });
})();
