import { Link } from '@tanstack/react-router';

export function NotFound() {
  return (
    <div className="empty">
      <h1 tabIndex={-1}>There is no such page</h1>
      <p>
        <Link to="/runs">All runs</Link>
      </p>
    </div>
  );
}
