namespace Lumen.Training.Data;

/// <summary>
/// Holds out a share of pictures that have no validation part: by the hash of their names, in blocks where neighbours look alike.
/// </summary>
internal static class HeldOutDraw
{
    /// <summary>Divides pictures; what lies in the gap beside a held-out block is in neither.</summary>
    /// <param name="pictures">In the order of their names.</param>
    /// <param name="selection">Share, block, gap and seed.</param>
    /// <exception cref="LumenException">There are too few pictures.</exception>
    public static (IReadOnlyList<FolderPicture> Train, IReadOnlyList<FolderPicture> HeldOut) Divide(
        IReadOnlyList<FolderPicture> pictures,
        FolderSelection selection
    )
    {
        var blocks = Enumerable.Range(0, pictures.Count).Chunk(selection.ValidationBlock).ToList();
        if (blocks.Count < 2)
            throw new LumenException(
                $"{selection.Folder} holds {pictures.Count} pictures, too few to hold any out in blocks of "
                    + $"{selection.ValidationBlock}. Add pictures, or lower validation_block."
            );
        var count = Math.Clamp((int)Math.Round(selection.ValidationFraction * blocks.Count), 1, blocks.Count - 1);
        var chosen = blocks.OrderBy(block => NameHash.Of($"{selection.Seed}\n{pictures[block[0]].Name}")).Take(count).ToList();
        var isHeldOut = new bool[pictures.Count];
        var isNear = new bool[pictures.Count];
        foreach (var block in chosen)
        {
            foreach (var at in block)
                isHeldOut[at] = true;
            for (
                var at = Math.Max(0, block[0] - selection.ValidationGap);
                at <= Math.Min(pictures.Count - 1, block[^1] + selection.ValidationGap);
                at++
            )
                isNear[at] = true;
        }
        var train = pictures.Where((_, at) => !isHeldOut[at] && !isNear[at]).ToList();
        if (train.Count == 0)
            throw new LumenException(
                $"Nothing of {selection.Folder} is left to train on: validation_gap {selection.ValidationGap} reaches from one "
                    + "held-out block to the next. Lower it."
            );
        return (train, [.. pictures.Where((_, at) => isHeldOut[at])]);
    }

    /// <summary>At most so many, spread evenly.</summary>
    public static IReadOnlyList<FolderPicture> Thin(IReadOnlyList<FolderPicture> pictures, int most) =>
        pictures.Count <= most ? pictures : [.. Enumerable.Range(0, most).Select(at => pictures[(int)((long)at * pictures.Count / most)])];
}
