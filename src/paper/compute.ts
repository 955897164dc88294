import type {PaperModel} from './rows.ts'

/** The access to a model's weights and the cost of training it, as the paper states it. */
export interface ModelCompute {
  /** Whether the hub gives the weights only to accounts that have accepted a licence. */
  readonly gated: boolean
  /** How many hours training takes (checklist, item 8, of the published version), if stated. */
  readonly hours?: number
  /** Whether the paper states “up to” these hours, and not “about”. */
  readonly isUpperBound?: boolean
}

/** The paper states hours for “2B”, “7B/8B” and (“up to”) “ViT” models, on both GPUs, and not whether they are those of one run. */
export const PAPER_COMPUTE: Readonly<Record<PaperModel, ModelCompute>> = {
  'gemma-2b': {gated: true, hours: 6},
  'gemma-7b': {gated: true, hours: 14},
  'llama-3-8b': {gated: true, hours: 14},
  'pythia-2.8b': {gated: false},
  'deberta-v3-base': {gated: false},
  'vit-b16': {gated: false, hours: 4, isUpperBound: true},
  'vit-l16': {gated: false, hours: 4, isUpperBound: true},
}

/** The paper's machine: 2 A100 with 80 GB, 12 cores at 2.2 GHz, 192 GB of memory. */
export const PAPER_GPUS = 2

/** Hours as the paper states them for a model, `about 6` or `up to 4`; undefined if it states none. */
export const statedText = (model: PaperModel, hours: number | undefined): string | undefined =>
  hours === undefined ? undefined : `${PAPER_COMPUTE[model].isUpperBound ? 'up to' : 'about'} ${hours}`
