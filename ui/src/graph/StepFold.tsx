/** The button of a step that holds others: shows or hides what is inside. */
export function StepFold({ isOpen, label, onToggle }: { isOpen: boolean; label: string; onToggle: () => void }) {
  return (
    <button type="button" className="step-fold" aria-expanded={isOpen} aria-label={label} onClick={onToggle}>
      {isOpen ? '−' : '+'}
    </button>
  );
}
