// Writes the files of this mini language model except its weights: `npx tsx scripts/mini/commonsense/model.ts`.
import {writeLlama} from '../llama.ts'
import {miniTokenizer, VOCABULARY} from './tokenizer.ts'

const shape = {vocabulary: VOCABULARY, hidden: 128, intermediate: 320, deviation: 0.06}
writeLlama('llama-commonsense-mini', miniTokenizer(), shape)
