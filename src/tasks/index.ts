import {COMMONSENSE} from './commonsense.ts'
import {gsm8k} from './gsm8k.ts'
import {math} from './math.ts'
import type {GenerationTask, Scorer} from './task.ts'

export const TASKS = {gsm8k} satisfies Record<string, GenerationTask<number>>

export const SCORERS = {gsm8k, math, ...COMMONSENSE} satisfies Record<string, Scorer<number> | Scorer<string>>
