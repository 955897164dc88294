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

/** Compares svft with a case, given its folder, its parsed case.json and an engine. */
export type Check = (folder: string, golden: never, engine: Engine) => Promise<Measure[]>

/** The values of `kind` in a case.json. */
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
