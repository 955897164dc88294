import {Fault} from '../engine/fault.ts'
import type {Shape} from '../engine/program.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import type {ModelConfig} from './config.ts'
import * as llama from './llama.ts'
import type {Scope} from './scope.ts'

/** What an architecture's file exports, its config read and filled in. */
export interface Model {
  readonly shapes: Record<string, Shape>
  readonly cache: CacheShape
  /** Paths of the modules that a task puts on top of the model, and that train whole beside any adapter. */
  readonly heads?: readonly string[]
  build(scope: Scope): CausalLM
}

const ARCHITECTURES: Readonly<Record<string, (config: ModelConfig) => Model>> = {
  llama: json => {
    const config = llama.readConfig(json)
    return {shapes: llama.shapes(config), cache: llama.cacheShape(config), build: scope => llama.build(scope, config)}
  },
}

/** The model that a config.json describes, by its `model_type`. */
export function openModel(config: ModelConfig): Model {
  const type = String(config.model_type)
  const open = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined
  const known = Object.keys(ARCHITECTURES).join(', ')
  if (!open) throw new Fault('input', `config.json: unknown model_type: ${type}; known: ${known}`)
  return open(config)
}
