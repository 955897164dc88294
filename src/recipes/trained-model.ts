import type {Named, Stored} from '../engine/program.ts'
import type {Layout} from '../train/layout.ts'
import type {TrainState} from '../train/state.ts'

export interface TrainedModel {
  readonly layout: Layout
  /** What adapters keep frozen, by `<path>.frozen.<name>`. */
  readonly frozen: Named<Stored>
  readonly state: TrainState
  /** The trainables that count: of the last step, or of the best epoch. */
  readonly theta: Float32Array
  readonly stopped: boolean
}

/** What scoring needs of a training. */
export type TrainedWeights = Pick<TrainedModel, 'layout' | 'frozen' | 'theta'>
