export interface Schedule {
  readonly schedule: 'linear' | 'cosine' | 'constant'
  /** The highest rate, reached after the warm-up. */
  readonly lr: number
  /** Steps of linear growth from 0. */
  readonly warmup: number
  /** The step at which linear and cosine reach 0. In a longer run linear stays at 0, and cosine rises again unless `ends`. */
  readonly total: number
  /** Whether cosine stays at 0 from step `total` on, where transformers' rises again. */
  readonly ends?: boolean
}

/**
 * The learning rate that step `step` (0, 1, …) uses, as Hugging Face's get_linear_schedule_with_warmup,
 * get_cosine_schedule_with_warmup (half a period) and get_constant_schedule_with_warmup compute it.
 */
export function learningRate(step: number, {schedule, lr, warmup, total, ends}: Schedule): number {
  if (step < warmup) return lr * (step / Math.max(1, warmup))
  const span = Math.max(1, total - warmup) // at least 1, so that a warm-up as long as the run divides by no 0
  if (schedule === 'linear') return lr * Math.max(0, (total - step) / span)
  if (schedule === 'cosine' && ends && step >= total) return 0
  if (schedule === 'cosine') return lr * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((step - warmup) / span))))
  return lr
}
