import {Fault} from '../base/fault.ts'
import {inline} from '../base/printable.ts'
import type {Shape} from '../engine/program.ts'
import * as bert from './bert.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import type {ClassifierFacts, DropoutSite, ImageClassifier, SequenceClassifier} from './classifier.ts'
import type {ModelConfig} from './config.ts'
import * as deberta from './deberta.ts'
import * as gemma from './gemma.ts'
import * as gptNeox from './gpt-neox.ts'
import {head, type LabelOptions} from './labels.ts'
import * as llama from './llama.ts'
import type {Scope} from './scope.ts'
import * as vit from './vit.ts'

/** What an architecture's file exports, its config read and filled in. */
export type Model = CausalModel | SequenceModel | ImageModel

export interface CausalModel {
  readonly task: 'causal-lm'
  readonly shapes: Record<string, Shape>
  readonly cache: CacheShape
  build(scope: Scope): CausalLM
}

export interface SequenceModel extends ClassifierFacts {
  readonly task: 'sequence-classification'
  readonly vocabulary: number
  /** The most tokens of a text, where there is a most. */
  readonly longest: number | undefined
  /** The token types it tells apart; 0 where it reads none. */
  readonly types: number
  build(scope: Scope): SequenceClassifier
}

export interface ImageModel extends ClassifierFacts {
  readonly task: 'image-classification'
  /** Of the pixels it reads. */
  readonly image: readonly [channels: number, height: number, width: number]
  build(scope: Scope): ImageClassifier
}

type Open = (config: ModelConfig, options: LabelOptions) => Model

const ARCHITECTURES: Readonly<Record<string, Open>> = {
  bert: sequence(bert),
  'deberta-v2': sequence(deberta),
  gemma: causal(gemma),
  gpt_neox: causal(gptNeox),
  llama: causal(llama),
  vit: (json, options) => {
    const config = vit.readConfig(json, options)
    return {
      task: 'image-classification',
      labels: config.labels,
      image: [config.channels, ...config.image],
      shapes: vit.shapes(config),
      head: head(json, vit.HEAD, 2),
      drops: B => some(vit.drops(config, B)),
      rows: B => [B * vit.tokens(config), B],
      build: scope => vit.build(scope, config),
    }
  },
}

/** A causal architecture's file as a row of the table. */
function causal<Config>(architecture: {
  readConfig(json: ModelConfig): Config
  shapes(config: Config): Record<string, Shape>
  cacheShape(config: Config): CacheShape
  build(scope: Scope, config: Config): CausalLM
}): Open {
  return json => {
    const config = architecture.readConfig(json)
    return {
      task: 'causal-lm',
      shapes: architecture.shapes(config),
      cache: architecture.cacheShape(config),
      build: scope => architecture.build(scope, config),
    }
  }
}

/** The same of an architecture that classifies texts. */
function sequence<Config extends Pick<SequenceModel, 'labels' | 'vocabulary' | 'longest' | 'types'>>(architecture: {
  readonly HEAD: readonly string[]
  readConfig(json: ModelConfig, options: LabelOptions): Config
  shapes(config: Config): Record<string, Shape>
  drops(config: Config, B: number, T: number): Readonly<Record<string, DropoutSite>>
  rows(config: Config, B: number, T: number): readonly number[]
  build(scope: Scope, config: Config): SequenceClassifier
}): Open {
  return (json, options) => {
    const config = architecture.readConfig(json, options)
    const {labels, vocabulary, longest, types} = config
    return {
      task: 'sequence-classification',
      labels,
      vocabulary,
      longest,
      types,
      shapes: architecture.shapes(config),
      head: head(json, architecture.HEAD),
      drops: (B, T) => some(architecture.drops(config, B, T)),
      rows: (B, T) => architecture.rows(config, B, T),
      build: scope => architecture.build(scope, config),
    }
  }
}

const some = (drops: Readonly<Record<string, DropoutSite>>) =>
  Object.fromEntries(Object.entries(drops).filter(([, {rate}]) => rate > 0))

/** The model that a config.json describes, by its `model_type`. */
export function openModel(config: ModelConfig, options: LabelOptions = {}): Model {
  const type = String(config.model_type)
  const open = Object.hasOwn(ARCHITECTURES, type) ? ARCHITECTURES[type] : undefined
  const known = Object.keys(ARCHITECTURES).join(', ')
  if (!open) throw new Fault('input', `config.json: unknown model_type: ${inline(type, 60)}; known: ${known}`)
  return open(config, options)
}

/** `model`, if it does what `wanting` needs: `task gsm8k`, say. */
export function modelFor<T extends Model['task']>(task: T, model: Model, wanting: string): Extract<Model, {task: T}> {
  if (model.task === task) return model as Extract<Model, {task: T}>
  throw new Fault('recipe', `${wanting} needs a ${NAMES[task]}, not a ${NAMES[model.task]}`, {at: ['task']})
}

const NAMES: Readonly<Record<Model['task'], string>> = {
  'causal-lm': 'causal language model',
  'sequence-classification': 'classifier of texts',
  'image-classification': 'classifier of images',
}
