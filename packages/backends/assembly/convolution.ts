// Tables of where windows lie, for convolutions as matrix products over images as they are.

/** target[i·count + p] = positions[p] + i·imageBytes: the places of one image repeated for each of `images`. */
export function repeatOffsets(positions: usize, count: i32, images: i32, imageBytes: usize, target: usize): void {
  for (let image = 0; image < images; image++) {
    const shift = i32x4.splat(<i32>(<usize>image * imageBytes));
    let p = 0;
    for (; p + 4 <= count; p += 4, target += 16) {
      v128.store(target, i32x4.add(v128.load(positions + ((<usize>p) << 2)), shift));
    }
    for (; p < count; p++, target += 4) {
      store<u32>(target, load<u32>(positions + ((<usize>p) << 2)) + <u32>(<usize>image * imageBytes));
    }
  }
}
