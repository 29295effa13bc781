// Who reads a key, and what the footer and the help screen say about it. Made from the table in keymap.ts.
import { type Binding, KEYS, type Place } from './keymap.ts';
import { selectedItem } from './machine/room-items.ts';
import { armed, MINIMUM, type State, working } from './machine/state.ts';

export function tooSmall(state: State): boolean {
  return state.size.rows < MINIMUM.rows || state.size.columns < MINIMUM.columns;
}

/** Who reads the next key. */
export function placeOf(state: State): Place {
  if (state.leaving !== null) return 'leaving';
  if (tooSmall(state)) return 'small';
  if (state.asks.length > 0) return 'ask';
  if (state.help !== null) return 'help';
  if (state.screen.name === 'room' && state.edit !== null) return editPlace(state);
  if (state.screen.name === 'table' && state.screen.form !== null)
    return state.screen.form.kind === 'offer' ? 'choose' : 'row';
  if (state.screen.name === 'diff' && state.screen.search !== null)
    return state.screen.search.typing ? 'search' : 'found';
  return state.screen.name;
}

function editPlace(state: State): Place {
  const item = selectedItem(state);
  if (state.edit?.picked != null) return 'pick';
  return item.kind === 'question' && item.question.type === 'choice' ? 'choose' : 'edit';
}

export function bindingFor(place: Place, key: string): Binding | undefined {
  return KEYS.find((binding) => binding.places.includes(place) && binding.keys.includes(key));
}

/** What the footer shows: bindings of the place, each with the reason it is off, if it is. */
export function footerBindings(state: State): readonly { binding: Binding; off: string | undefined }[] {
  const place = placeOf(state);
  const shown = ({ footer }: Binding) => (typeof footer === 'function' ? footer(state) : footer === true);
  return KEYS.filter((binding) => shown(binding) && binding.places.includes(place)).map((binding) => ({
    binding,
    off: binding.disabled?.(state),
  }));
}

/** Help is about the screen under it. */
export function helpBindings(state: State): readonly { binding: Binding; off: string | undefined }[] {
  const seen = new Set<string>();
  const under = placeOf({ ...state, help: null });
  return KEYS.filter((binding) => binding.places.includes(under))
    .filter((binding) => {
      if (binding.unlisted === true) return false;
      const fresh = !seen.has(binding.show + binding.about);
      seen.add(binding.show + binding.about);
      return fresh;
    })
    .map((binding) => ({ binding, off: binding.disabled?.(state) }));
}

/** Leaving now would leave a change behind that the host will take back: that is asked first. */
export function leavingNeedsWord(state: State): boolean {
  return working(state) || (armed(state) && state.screen.name !== 'report');
}
