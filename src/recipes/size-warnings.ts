import {methodOf} from '../adapters/index.ts'
import type {Blueprint} from './opened-model.ts'

/** Warns of settings of the method that make little sense on the modules that it adapts. */
export const sizeWarnings = ({recipe: {adapter}, plan: {modules}}: Pick<Blueprint, 'recipe' | 'plan'>) =>
  methodOf(adapter).warnings?.(adapter, modules) ?? []
