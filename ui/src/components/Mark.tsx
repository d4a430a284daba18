/** Dividers over an arc: the mark of Compasso. */
export function Mark() {
  return (
    <svg className="mark" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2.5v3M12 5.5 6 20.5M12 5.5l6 15M7.6 15.2c2.7 1.9 6.1 1.9 8.8 0" />
    </svg>
  );
}
