import { describe, expect, it } from 'vitest';
import { Budget } from './budget.js';

describe('Budget', () => {
  it('never lets tasks cost more than the capacity at the same time, and runs all of them', async () => {
    const budget = new Budget(10);
    let [running, most, done] = [0, 0, 0];
    const costs = Array.from({ length: 40 }, (_, i) => 1 + ((i * 7) % 9));
    await Promise.all(
      costs.map((cost) =>
        budget.run(cost, async () => {
          running += cost;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running -= cost;
          done += 1;
        }),
      ),
    );
    expect(done).toBe(40);
    expect(most).toBeLessThanOrEqual(10);
    expect(most).toBeGreaterThan(5);
  });

  it('runs a task that costs more than everything alone, and goes on after a failure', async () => {
    const budget = new Budget(2);
    const order: string[] = [];
    const task = (name: string, cost: number): Promise<void> =>
      budget.run(cost, async () => {
        order.push(`${name}+`);
        await Promise.resolve();
        order.push(`${name}-`);
        if (name === 'b') throw new Error('b failed');
      });
    const results = await Promise.allSettled([task('a', 1), task('b', 100), task('c', 1)]);
    expect(order).toEqual(['a+', 'a-', 'b+', 'b-', 'c+', 'c-']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
