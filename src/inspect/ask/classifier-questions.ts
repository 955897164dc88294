import {sum} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {classifyTexts} from '../../evaluate/classify.ts'
import type {SequenceModel} from '../../models/model.ts'
import {checkedTypes, textLimit, textsOf} from '../../recipes/data/text-data.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import type {ModelPair} from './model-pair.ts'
import type {AskOptions} from './text-questions.ts'

/** A class with its probabilities before and after training. */
export interface ClassProbability {
  readonly name: string
  readonly base: number
  readonly trained: number
}

/** What a classifier before and after training predicts for a text or a pair; of a regression the two values. */
export type ClassReply =
  | {readonly kind: 'classes'; readonly texts: readonly string[]; readonly classes: readonly ClassProbability[]}
  | {readonly kind: 'value'; readonly texts: readonly string[]; readonly base: number; readonly trained: number}

export interface ClassifierQuestions {
  readonly kind: 'classes'
  ask(texts: readonly string[], options: Pick<AskOptions, 'signal'>): Promise<ClassReply>
  dispose(): Promise<void>
}

export interface ClassifierQuestionOptions extends ModelPair {
  readonly model: SequenceModel
  readonly recipe: Recipe
}

export function openClassifierQuestions(options: ClassifierQuestionOptions): ClassifierQuestions {
  const {engine, tokenizer, model, recipe, classes, folder} = options
  const [maxTokens] = textLimit(recipe, model)
  return {
    kind: 'classes',
    async ask(texts, {signal}) {
      const [text, pair] = texts
      const [input] = await tokenizer.encodePairs([textsOf({text, pair})], {maxTokens})
      const encoded = [{ids: input.ids, typeIds: checkedTypes(input.typeIds, model, folder)}]
      const logitsOf = async (weights: ModelPair['base']) => {
        const [logits] = await classifyTexts(encoded, {engine, model, weights, batch: 1, signal})
        if (logits.every(Number.isFinite)) return logits
        throw new Fault('failed', "the model's logits are not finite")
      }
      const [base, trained] = [await logitsOf(options.base), await logitsOf(options.trained)]
      if (model.labels === 1) return {kind: 'value', texts, base: base[0], trained: trained[0]}
      const [before, after] = [softmax(base), softmax(trained)]
      const names = before.map((_, i) => classes?.[i] ?? String(i))
      return {
        kind: 'classes',
        texts,
        classes: names.map((name, i) => ({name, base: before[i], trained: after[i]})),
      }
    },
    dispose: async () => {},
  }
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits)
  const powers = Array.from(logits, logit => Math.exp(logit - most))
  const total = sum(powers)
  return powers.map(power => power / total)
}
