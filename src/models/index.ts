import {Fault} from '../engine/fault.ts'
import type {Shape} from '../engine/program.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import type {ModelConfig} from './config.ts'
import * as gemma from './gemma.ts'
import * as gptNeox from './gpt-neox.ts'
import * as llama from './llama.ts'
import type {Scope} from './scope.ts'

/** What an architecture's file exports, its config read and filled in. */
export interface Model {
  readonly shapes: Record<string, Shape>
  readonly cache: CacheShape
  build(scope: Scope): CausalLM
}

const ARCHITECTURES: Readonly<Record<string, (config: ModelConfig) => Model>> = {
  gemma: json => {
    const config = gemma.readConfig(json)
    return {shapes: gemma.shapes(config), cache: gemma.cacheShape(config), build: scope => gemma.build(scope, config)}
  },
  gpt_neox: json => {
    const config = gptNeox.readConfig(json)
    const [shapes, cache] = [gptNeox.shapes(config), gptNeox.cacheShape(config)]
    return {shapes, cache, build: scope => gptNeox.build(scope, config)}
  },
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
