import type {Task} from './schema.ts'

/** The groups of tasks that share a training protocol (appendix C.5 and C.6). */
export type Family = 'math' | 'commonsense' | 'glue' | 'vision'

const FAMILIES: Readonly<Record<Task, Family>> = {gsm8k: 'math'}

export const familyOf = (task: Task): Family => FAMILIES[task]
