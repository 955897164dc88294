const SIZE = 24

/** A bar of so much of the whole, from 0 to 1: `████████░░░░░░░░░░░░░░░░`. */
export function formatBar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * SIZE)
  return '█'.repeat(full) + '░'.repeat(SIZE - full)
}
