import type {Tokenizer} from '../tokenizer/tokenizer.ts'
import type {DecoderOptions} from './decoder-programs.ts'
import {type GenerationOptions, type GenerationProgress, generatePredictions, shareCorrect} from './generate.ts'
import {openKvDecoder} from './kv-decoder.ts'
import type {Score} from './metrics.ts'

/** A split whose outputs a causal model generates. */
export interface GenerationSplit
  extends Pick<GenerationOptions<string | number>, 'task' | 'items' | 'settings' | 'file'> {
  readonly name: string
}

export interface GenerateSplitsOptions extends DecoderOptions {
  readonly tokenizer: Tokenizer
  /** Reports how many outputs of a split ended at the largest number of new tokens, if any did. */
  readonly onCut?: ((split: string, cut: number) => void) | undefined
  readonly onProgress?: (split: string, progress: GenerationProgress) => void
  readonly signal?: AbortSignal
}

/** Generates the outputs of each split with one decoder, and scores them. */
export async function generateSplits(
  splits: readonly GenerationSplit[],
  {engine, model, weights, tokenizer, onCut, onProgress, signal}: GenerateSplitsOptions,
): Promise<Record<string, Score>> {
  const decoder = openKvDecoder({engine, model, weights})
  const scores: Record<string, Score> = {}
  try {
    for (const {name, task, ...split} of splits) {
      const predictions = await generatePredictions({
        ...split,
        task,
        decoder,
        tokenizer,
        onProgress: progress => onProgress?.(name, progress),
        signal,
      })
      scores[name] = shareCorrect(predictions)
      const cut = predictions.filter(prediction => prediction.cut).length
      if (cut > 0) onCut?.(name, cut)
    }
  } finally {
    await decoder.dispose()
  }
  return scores
}
