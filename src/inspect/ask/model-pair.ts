import type {Named, Stored} from '../../engine/program.ts'
import type {AdaptedModel} from '../../exchange/adapted-model.ts'

/** The model of a finished run before and after training. */
export interface ModelPair extends Pick<AdaptedModel, 'engine' | 'folder' | 'config' | 'classes'> {
  readonly base: Named<Stored>
  readonly trained: Named<Stored>
}
