/** What the process ends with: done, a check that did not hold or a defect, a mistake in the input, interrupted. */
export const exitCodes = { done: 0, failed: 1, mistake: 2, interrupted: 130 } as const;
