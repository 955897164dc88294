import {gsm8k} from './gsm8k.ts'
import type {GenerationTask} from './task.ts'

export const TASKS = {gsm8k} satisfies Record<string, GenerationTask<number>>
