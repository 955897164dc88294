import type {Engine} from '../../src/engine/program.ts'
import * as adapter from './adapter.ts'
import * as generation from './generation.ts'
import * as image from './image.ts'
import * as init from './init.ts'
import type {Measure} from './measure.ts'
import * as metric from './metric.ts'
import * as model from './model.ts'
import * as pattern from './pattern.ts'
import * as schedule from './schedule.ts'
import * as scorer from './scorer.ts'
import * as tokenizer from './tokenizer.ts'
import * as training from './training.ts'

/** Compares the product with a case: the folder, its case.json as the kind's own type, the engine. */
export type Check = (folder: string, golden: never, engine: Engine) => Promise<Measure[]>

/** What a case.json may name as its `kind`. */
export const KINDS: Readonly<Record<string, Check>> = {
  adapter: adapter.check,
  generation: generation.check,
  image: image.check,
  init: init.check,
  metric: metric.check,
  model: model.check,
  pattern: pattern.check,
  schedule: schedule.check,
  scorer: scorer.check,
  tokenizer: tokenizer.check,
  training: training.check,
}
