// Writes the files of the mini language model except its weights: `npx tsx scripts/mini/gsm8k/model.ts`.
import {writeLlama} from '../llama.ts'
import {miniTokenizer, VOCABULARY} from './tokenizer.ts'

const shape = {vocabulary: VOCABULARY, hidden: 128, intermediate: 320, deviation: 0.02}
writeLlama('llama-mini', miniTokenizer(), shape)
