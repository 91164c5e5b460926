namespace Lumen.Models.Text;

/// <summary>Byte-pair merging by rank (Sennrich et al. 2016) over vocabulary ids.</summary>
/// <param name="ids">Vocabulary entry to id.</param>
/// <param name="ranks">Pair of ids to (rank, id of the joined entry); the lowest rank merges first.</param>
/// <param name="unknown">Id for a symbol that the vocabulary lacks.</param>
internal sealed class BytePairs(Dictionary<string, int> ids, Dictionary<(int, int), (int Rank, int Joined)> ranks, int unknown)
{
    /// <summary>The ids of one piece of text.</summary>
    public List<int> Encode(string piece)
    {
        List<int> symbols = [.. ByteAlphabet.Spell(piece).Select(symbol => ids.GetValueOrDefault(symbol, unknown))];
        while (symbols.Count > 1 && Best(symbols) is { } best)
            symbols = Join(symbols, best);
        return symbols;
    }

    /// <summary>Whether a longer entry is made of another one and this one.</summary>
    public bool IsEndOfAnother(int id) => ranks.Keys.Any(pair => pair.Item2 == id);

    private (int, int)? Best(List<int> symbols)
    {
        (int, int)? best = null;
        var lowest = int.MaxValue;
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (!ranks.TryGetValue((symbols[i], symbols[i + 1]), out var merge) || merge.Rank >= lowest)
                continue;
            lowest = merge.Rank;
            best = (symbols[i], symbols[i + 1]);
        }

        return best;
    }

    // Every occurrence, left to right, in one pass: as the original does.
    private List<int> Join(List<int> symbols, (int First, int Second) pair)
    {
        var joined = ranks[pair].Joined;
        var result = new List<int>(symbols.Count);
        for (var i = 0; i < symbols.Count; i++)
        {
            var here = i + 1 < symbols.Count && symbols[i] == pair.First && symbols[i + 1] == pair.Second;
            result.Add(here ? joined : symbols[i]);
            if (here)
                i++;
        }

        return result;
    }
}
