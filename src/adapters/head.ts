import type {Adapter} from './adapter.ts'
import {full} from './full.ts'

/** Head only: the layers that a task puts on top of a model train whole, and nothing below them does. */
export const head = (): Adapter<never, 'weight'> => full()
