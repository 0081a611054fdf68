import { registerHooks } from 'node:module';
import { MUTATION_VARIABLE, mutate } from './mutation.ts';
import { mutations } from './mutations.ts';

/*
 * Preloaded (`node --import`) into a process that is to have a planted bug. No other process loads it.
 */

const name = process.env[MUTATION_VARIABLE];
const mutation = mutations.find((each) => each.name === name);
if (mutation === undefined) throw new RangeError(`there is no mutation "${name}"`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const piece = mutation.pieces.find(({ file }) => url.endsWith(`/packages/${file}`));
    if (piece === undefined) return loaded;
    const { source } = loaded;
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
    return { ...loaded, source: mutate(piece.file, text, mutation) };
  },
});
