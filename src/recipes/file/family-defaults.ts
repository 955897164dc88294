import type {Family} from '../../tasks/task.ts'

/** Defaults of `train` that depend on the task's family, as the official scripts have them. The schema holds all others. */
export const FAMILY_DEFAULTS: Readonly<Record<Family, FamilyDefaults>> = {
  math: {weighting: 'micro-batches', weightDecay: 0},
  commonsense: {weighting: 'micro-batches', weightDecay: 0},
  glue: {weighting: 'examples', weightDecay: 0},
  vision: {weighting: 'examples', weightDecay: 0.01},
}

interface FamilyDefaults {
  readonly weighting: 'examples' | 'micro-batches'
  readonly weightDecay: number
}
