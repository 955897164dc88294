import {rm} from 'node:fs/promises'
import {lossText, measureKept} from '../adapters/kept-update.ts'
import {changedTensors} from '../adapters/merge.ts'
import {mapValues} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {DTYPE_OF, type Named, type Stored} from '../engine/program.ts'
import type {Score} from '../evaluate/metrics.ts'
import type {Layout} from '../train/layout.ts'
import {beforeEachWrite, storeTensors, type Writable} from '../weights/safetensors.ts'
import type {ScoringEvents} from './data/task-data.ts'
import {openEngine} from './engine.ts'
import type {Experiment} from './experiment.ts'
import {predictionsFile, type RunFolder} from './run-folder.ts'

/** The tensors of a trained model. */
export interface TrainedWeights {
  readonly layout: Layout
  /** The adapters' frozen tensors, by `<path>.frozen.<name>`. */
  readonly frozen: Named<Stored>
  /** The trainable parameters that count: those of the last step, or of the best epoch. */
  readonly theta: Float32Array
}

export interface ScoreModelOptions extends ScoringEvents {
  readonly folder: RunFolder
  /** The splits to score; default: those of the recipe. */
  readonly splits?: readonly string[]
  readonly file?: (split: string) => string
  /** Whether this is the run's own score, not that of an epoch: it warns if rounding loses part of what was trained, or answers are cut off. */
  readonly final?: boolean
}

/** Scores the trained model, or the checkpoint itself, on the splits. */
export async function scoreModel(
  {recipe, data, ...experiment}: Experiment,
  trained: TrainedWeights | undefined,
  {
    folder,
    splits = recipe.evaluate.splits,
    file = split => folder.file(predictionsFile(split)),
    final = false,
    ...progress
  }: ScoreModelOptions,
): Promise<Record<string, Score>> {
  const options = {file, final, ...progress}
  const score = (weights: Experiment['tensors']) =>
    data.score(splits, weights, options).catch(error => {
      throw explain(error, trained ? 'trained' : 'untrained')
    })
  if (!trained) return score(experiment.tensors)
  const merged = folder.file('merged.safetensors')
  try {
    const {tensors, kept} = measureKept(
      await mergedTensors(experiment, trained),
      final ? adaptedWeights(experiment) : {},
    )
    const watch = mergeWatch(Object.keys(tensors).length, progress)
    const changed = await storeTensors(merged, beforeEachWrite(tensors, watch))
    const loss = lossText(kept())
    if (loss !== undefined)
      progress.events.warn(
        `scored with merged weights in bfloat16, which ${loss}; in float32 the score counts all of it`,
      )
    return await score({...experiment.tensors, ...changed})
  } finally {
    await rm(merged, {force: true})
  }
}

/** Called before each tensor is merged: reports progress if merging takes long, and throws the signal's reason once it is aborted. */
function mergeWatch(total: number, {events, signal}: Pick<ScoreModelOptions, 'events' | 'signal'>): () => void {
  const started = performance.now()
  let done = 0
  return () => {
    signal.throwIfAborted()
    if (performance.now() - started > SILENT_MS) events.progress('merge weights', done, total)
    done++
  }
}

/** Adds what to do where scores are not finite. A model that was not trained cannot have diverged: its weights are wrong. */
function explain(error: unknown, model: 'trained' | 'untrained'): unknown {
  if (!(error instanceof Fault) || error.kind !== 'diverged') return error
  const [kind, advice] =
    model === 'trained'
      ? (['diverged', 'training has diverged: try a lower learning rate or a longer warm-up'] as const)
      : (['failed', "the model's weights contain NaN, infinite or too large values"] as const)
  return new Fault(kind, `${error.message}; ${advice}`, {cause: error})
}

/** What adapters change. A tensor that trains whole is not among them: it is rounded for every step of training as well. */
const adaptedWeights = ({plan, tensors}: Pick<Experiment, 'plan' | 'tensors'>): Named<Stored> =>
  Object.fromEntries(plan.modules.map(({path}) => [`${path}.weight`, tensors[`${path}.weight`]]))

/** Small models are merged by then. */
const SILENT_MS = 1000

/**
 * Every tensor that training changed, under its name in the checkpoint. All are computed in float32, each when its data are
 * read; matrices of an engine that computes in bfloat16 are stored in bfloat16.
 */
export async function mergedTensors(
  {plan, engine, tensors}: Pick<Experiment, 'plan' | 'engine' | 'tensors'>,
  {layout, frozen, theta}: TrainedWeights,
): Promise<Record<string, Writable>> {
  const float32 = engine.precision === 'f32' ? engine : await openEngine({engine: 'onnx', threads: engine.threads})
  const changed = changedTensors({engine: float32, plan, tensors, trained: {...frozen, ...layout.tensors(theta)}})
  const dtypeOf = ({shape}: Writable) => (shape.length === 2 ? DTYPE_OF[engine.precision] : 'float32')
  return mapValues(changed, tensor => ({...tensor, dtype: dtypeOf(tensor)}))
}
