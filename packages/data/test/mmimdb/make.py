"""Makes multimodal_imdb.hdf5 and metadata.npy as the published files of MM-IMDB are laid out, with six films of 5x8 pixels.

Needs h5py and numpy: python make.py FOLDER
"""
import json
import pickle
import sys

import h5py
import numpy as np

folder = sys.argv[1]
splits = {'train': (0, 3), 'dev': (3, 4), 'test': (4, 6)}
sources = ['features', 'images', 'sequences', 'imdb_ids', 'genres']
n, height, width = 6, 8, 5
words = ['_UNK_', 'a', 'film', 'about', "ocean's", 'é', 'N']

film, channel, y, x = np.ogrid[:n, :3, :height, :width]
rgb = (film * 40 + channel * 70 + y * 13 + x * 29) % 256
bgr = rgb[:, ::-1].astype('float32') - np.array([103.939, 116.779, 123.68], 'float32').reshape(1, 3, 1, 1)

with h5py.File(f'{folder}/multimodal_imdb.hdf5', 'w') as f:
    f.create_dataset('features', (n, 4), dtype='float32')
    images = f.create_dataset('images', (n, 3, height, width), dtype='int32')
    images[...] = bgr
    sequences = f.create_dataset('sequences', (n,), dtype=h5py.special_dtype(vlen=np.dtype('int32')))
    for i in range(n):
        sequences[i] = np.arange(1, 4 + i, dtype='int32') % len(words)
    sequences[2] = np.array([], dtype='int32')
    genres = f.create_dataset('genres', (n, 3), dtype='int32')
    genres[...] = [[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    genres.attrs['target_names'] = json.dumps(['Drama', 'Comedy', 'Western'])
    imdb_ids = f.create_dataset('imdb_ids', (n,), dtype='S7')
    imdb_ids[...] = np.asarray([f'{i + 1:07d}' for i in range(n)], dtype='S7')
    kind = np.dtype([
        ('split', 'S5'), ('source', 'S12'), ('start', np.int64), ('stop', np.int64),
        ('indices', h5py.special_dtype(ref=h5py.Reference)), ('available', np.bool_), ('comment', 'S1'),
    ])
    rows = [(split.encode(), source.encode(), start, stop, h5py.Reference(), True, b'.')
            for split, (start, stop) in splits.items() for source in sources]
    f.attrs['split'] = np.array(rows, dtype=kind)

ids = range(len(words))
metadata = np.array({
    'ix_to_word': dict(zip(ids, words)),
    'word_to_ix': dict(zip(words, ids)),
    'vocab_size': len(words),
    'lookup': np.arange(6, dtype='float32').reshape(2, 3),
}, dtype=object)
np.save(f'{folder}/metadata.npy', metadata, allow_pickle=True)
# As numpy 1 on Python 3 wrote it: protocol 2, arrays from numpy.core.
with open(f'{folder}/metadata.npy', 'rb') as f:
    header = f.readline()
with open(f'{folder}/metadata-protocol2.npy', 'wb') as f:
    f.write(header + pickle.dumps(metadata, protocol=2).replace(b'numpy._core', b'numpy.core'))
