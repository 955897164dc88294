import {COMMONSENSE} from './commonsense.ts'
import {gsm8k} from './gsm8k.ts'
import {math} from './math.ts'
import type {GenerationTask} from './task.ts'

/** The tasks whose answers a causal model writes. */
export const TASKS = {gsm8k, math, ...COMMONSENSE} satisfies Record<
  string,
  GenerationTask<number> | GenerationTask<string>
>
