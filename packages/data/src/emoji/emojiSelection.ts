// Which emoji the dataset is about, before keywords and labels are looked at.
import {
  datasourcePicture,
  readDatasource,
  readEmojibase,
  readEmojibaseGroups,
  type EmojibaseEntry,
  type EmojibaseGroups,
  type EmojiSources,
} from './emojiSources.js';
import { emojiVendors, type EmojiVendor } from './emojiOptions.js';

/** An emoji that has a group and a picture from each vendor. */
export interface SelectedEmoji {
  /** Code points in hexadecimal, joined by hyphens. */
  readonly hexcode: string;
  /** English name. */
  readonly name: string;
  readonly group: string;
  readonly subgroup: string;
  /** Path of the source picture of each vendor. */
  readonly pictures: Readonly<Record<EmojiVendor, string>>;
}

/** How many emoji were left out, by reason. */
export type DroppedCounts = Record<string, number>;

/** Top-level emoji (no skin tones) without flags, components and the variants that differ only by person or gender. */
export async function selectEmoji(
  sources: EmojiSources,
): Promise<{ selected: SelectedEmoji[]; dropped: DroppedCounts }> {
  const [entries, names, pictures] = await Promise.all([
    readEmojibase(sources, 'en'),
    readEmojibaseGroups(sources),
    findPictures(sources),
  ]);
  const dropped: DroppedCounts = {
    'flags/components/ungrouped': 0,
    'gendered variant': 0,
    'family combination': 0,
    'no picture in both vendors': 0,
  };
  const selected: SelectedEmoji[] = [];
  for (const entry of entries) {
    const found = pictures.get(pictureKey(entry.hexcode)) ?? {};
    const reason = reasonToDrop(entry, names, found);
    if (reason !== undefined) dropped[reason] = (dropped[reason] ?? 0) + 1;
    else {
      selected.push({
        hexcode: entry.hexcode,
        name: entry.label,
        group: names.groups[String(entry.group)] ?? '',
        subgroup: names.subgroups[String(entry.subgroup)] ?? '',
        pictures: found as Record<EmojiVendor, string>,
      });
    }
  }
  return { selected, dropped };
}

function reasonToDrop(
  entry: EmojibaseEntry,
  names: EmojibaseGroups,
  found: Partial<Record<EmojiVendor, string>>,
): string | undefined {
  const group = names.groups[String(entry.group)];
  if (group === undefined || group === 'flags' || group === 'component') return 'flags/components/ungrouped';
  const isJoined = entry.hexcode.split('-').includes('200D');
  if (isJoined && entry.gender !== undefined) return 'gendered variant';
  if (isJoined && names.subgroups[String(entry.subgroup)] === 'family') return 'family combination';
  if (emojiVendors.some((vendor) => found[vendor] === undefined)) return 'no picture in both vendors';
  return undefined;
}

async function findPictures(sources: EmojiSources): Promise<Map<string, Partial<Record<EmojiVendor, string>>>> {
  const pictures = new Map<string, Partial<Record<EmojiVendor, string>>>();
  for (const vendor of emojiVendors) {
    for (const entry of await readDatasource(sources, vendor)) {
      if (!entry[`has_img_${vendor}`]) continue;
      const key = pictureKey(entry.unified);
      pictures.set(key, { ...pictures.get(key), [vendor]: datasourcePicture(sources, vendor, entry.image) });
    }
  }
  return pictures;
}

/** The packages disagree on where the presentation selector FE0F stands, so it doesn't count. */
function pictureKey(hexcode: string): string {
  return hexcode.replaceAll('-FE0F', '').toUpperCase();
}
