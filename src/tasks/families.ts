/** Questions to answer, texts to classify, images to classify. */
export const TASK_NAMES = [
  ...(['gsm8k', 'math', 'commonsense', 'boolq', 'piqa', 'social_i_qa', 'hellaswag', 'winogrande'] as const),
  ...(['ARC-Easy', 'ARC-Challenge', 'openbookqa'] as const),
  ...(['cola', 'sst2', 'mrpc', 'stsb', 'qqp', 'mnli', 'qnli', 'rte'] as const),
  ...(['cifar100', 'flowers102', 'food101', 'resisc45', 'images'] as const),
] as const

export type TaskName = (typeof TASK_NAMES)[number]

/** The groups of tasks that share a training protocol (appendix C.5 and C.6). */
export type Family = 'math' | 'commonsense' | 'glue' | 'vision'

const FAMILIES: Readonly<Record<TaskName, Family>> = {
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
export const familyOf = (task: unknown): Family => FAMILIES[task as TaskName] ?? 'math'

export const isTask = (name: unknown): name is TaskName => typeof name === 'string' && Object.hasOwn(FAMILIES, name)
