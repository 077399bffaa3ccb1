import type { Outcome } from './runParity.js';

/** One line: passed or failed, file, kind, cases, worst error with its tolerance and place, seconds. */
export function outcomeLine(outcome: Outcome): string {
  const { file, kind = '-', passed, cases, worst, failures, problem, seconds } = outcome;
  const fields = [passed ? 'passed' : 'FAILED', file.padEnd(28), kind.padEnd(22)];
  if (problem !== undefined) return [...fields, problem].join('  ');
  const [first] = failures;
  const place = first ? `${failures.length} beyond it, first: ${first.what}` : `at ${worst?.what ?? ''}`;
  return [
    ...fields,
    `${cases} cases`.padStart(9),
    `worst error ${short(worst?.error)} of ${short(worst?.tolerance)}`.padEnd(28),
    `${seconds.toFixed(1)} s`.padStart(7),
    place,
  ].join('  ');
}

/** `N passed, N failed`. */
export function totalLine(outcomes: readonly Outcome[]): string {
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return `${passed} passed, ${outcomes.length - passed} failed`;
}

/** Two digits: 2.9e-6, 0, Infinity. */
function short(value = NaN): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return value >= 0.1 && value < 100 ? value.toPrecision(2) : value.toExponential(1);
}
