import {classifyTexts} from '../../evaluate/classify.ts'
import type {SequenceModel} from '../../models/model.ts'
import {checkedTypes, textLimit, textsOf} from '../../recipes/data/text-data.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {type ClassReply, replyOf} from './class-reply.ts'
import type {ModelPair} from './model-pair.ts'
import type {AskOptions} from './text-questions.ts'

export interface ClassifierQuestions {
  readonly kind: 'classes'
  ask(texts: readonly string[], options: Pick<AskOptions, 'signal'>): Promise<ClassReply>
  dispose(): Promise<void>
}

export interface ClassifierQuestionOptions extends ModelPair {
  readonly tokenizer: Tokenizer
  readonly model: SequenceModel
  readonly recipe: Recipe
}

export function openClassifierQuestions(options: ClassifierQuestionOptions): ClassifierQuestions {
  const {engine, tokenizer, model, recipe, folder} = options
  const [maxTokens] = textLimit('test', recipe, model)
  return {
    kind: 'classes',
    async ask(texts, {signal}) {
      const [text, pair] = texts
      const encode = (maxTokens: number) => tokenizer.encodePairs([textsOf({text, pair})], {maxTokens})
      const [input] = await encode(maxTokens)
      const [longer] = await encode(maxTokens + 1)
      const encoded = [{ids: input.ids, typeIds: checkedTypes(input.typeIds, model, folder)}]
      const classify = (weights: ModelPair['base']) =>
        classifyTexts(encoded, {engine, model, weights, batch: 1, signal})
      const reply = await replyOf(texts, options, classify)
      return longer.ids.length > maxTokens ? {...reply, truncatedTo: maxTokens} : reply
    },
    dispose: async () => {},
  }
}
