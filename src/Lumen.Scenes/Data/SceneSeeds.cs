using Lumen.Scenes.Numerics;

namespace Lumen.Scenes;

/// <summary>
/// The seeds of item <c>index</c> of a split. The two highest bits of a layout seed are the split (train 01, validation 10, test 11), so
/// splits never share a layout, whatever their data set seeds. Within a split and data set seed the other 62 bits are a bijection of the
/// index: no layout comes twice.
/// </summary>
/// <param name="Layout">Seed for <see cref="SceneLayout.FromSeed"/>.</param>
/// <param name="Appearance">Seed for <see cref="SceneAppearance.FromSeed"/>.</param>
public readonly record struct SceneSeeds(ulong Layout, ulong Appearance)
{
    private const int TagShift = 62;
    private const ulong LowBits = (1UL << TagShift) - 1;

    /// <summary>Seeds of one item.</summary>
    /// <param name="split">Part of the data set.</param>
    /// <param name="index">Number of the item, 0 or more.</param>
    /// <param name="seed">Seed of the whole data set.</param>
    public static SceneSeeds For(SceneSplit split, int index, ulong seed)
    {
        Require.Defined(split);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ulong tag = (ulong)split + 1;
        ulong start = Hash.Mix(seed + (tag * Hash.Golden));

        // Odd factors and shifts to the right are bijections of 62 bits.
        ulong x = (start + ((ulong)index * Hash.Golden)) & LowBits;
        x = ((x ^ (x >> 31)) * 0xBF58476D1CE4E5B9) & LowBits;
        x = ((x ^ (x >> 29)) * 0x94D049BB133111EB) & LowBits;
        x ^= x >> 30;
        return new SceneSeeds((tag << TagShift) | x, Hash.Mix(start ^ Hash.Mix((ulong)index + 0x4150_5045_4152)));
    }

    /// <summary>The split a layout seed belongs to, or null for seeds not made by <see cref="For"/>.</summary>
    public static SceneSplit? SplitOf(ulong layoutSeed) => layoutSeed >> TagShift is var tag && tag == 0 ? null : (SceneSplit)(tag - 1);
}
