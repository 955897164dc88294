import type {Task} from './schema.ts'

/** The groups of tasks that share a training protocol (appendix C.5 and C.6). */
export type Family = 'math' | 'commonsense' | 'glue' | 'vision'

const FAMILIES: Readonly<Record<Task, Family>> = {
  gsm8k: 'math',
  math: 'math',
  commonsense: 'commonsense',
  boolq: 'commonsense',
  piqa: 'commonsense',
  social_i_qa: 'commonsense',
  hellaswag: 'commonsense',
  winogrande: 'commonsense',
  'ARC-Easy': 'commonsense',
  'ARC-Challenge': 'commonsense',
  openbookqa: 'commonsense',
  cola: 'glue',
  sst2: 'glue',
  mrpc: 'glue',
  stsb: 'glue',
  qqp: 'glue',
  mnli: 'glue',
  qnli: 'glue',
  rte: 'glue',
  cifar100: 'vision',
  flowers102: 'vision',
  food101: 'vision',
  resisc45: 'vision',
  images: 'vision',
}

/** A task that is not known has the first family: the recipe is refused for it anyway. */
export const familyOf = (task: unknown): Family => FAMILIES[task as Task] ?? 'math'

export const isTask = (name: unknown): name is Task => typeof name === 'string' && Object.hasOwn(FAMILIES, name)
