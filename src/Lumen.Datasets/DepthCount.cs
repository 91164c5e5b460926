using Lumen.Imaging;

namespace Lumen.Datasets;

/// <summary>Counts the depth of label files for a summary.</summary>
internal sealed class DepthCount
{
    private const int Sampled = 100; // of each role
    private readonly SortedDictionary<string, DepthSummary> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Zeros, long All)> _pixels = new(StringComparer.Ordinal);

    /// <summary>What was counted, by role.</summary>
    public IReadOnlyList<DepthSummary> Roles =>
        [
            .. _roles.Values.Select(one =>
                one with
                {
                    Zeros = _pixels[one.Role].All == 0 ? 0 : _pixels[one.Role].Zeros / (double)_pixels[one.Role].All,
                }
            ),
        ];

    /// <summary>Reads a label file, if it holds depth and there are not enough of its role yet.</summary>
    public void Add(string path, LabelFile label)
    {
        if (label is not { Kind: LabelKind.Depth, IsPng: true })
            return;
        var before = _roles.GetValueOrDefault(label.Role) ?? new DepthSummary(label.Role, 0, int.MaxValue, 0, 0, label.StepsPerMetre);
        if (before.Files >= Sampled)
            return;
        var values = PngReader.ReadGray16(path).Values;
        var known = values.Where(value => value > 0).Order().ToArray();
        var (zeros, all) = _pixels.GetValueOrDefault(label.Role);
        _pixels[label.Role] = (zeros + values.Length - known.Length, all + values.Length);
        if (known.Length == 0)
        {
            _roles[label.Role] = before with { Files = before.Files + 1 };
            return;
        }
        var own = (label.Name, Median: (int)known[known.Length / 2]);
        var (near, far) = before.Least == int.MaxValue ? (own, own) : before.Medians;
        _roles[label.Role] = before with
        {
            Files = before.Files + 1,
            Least = Math.Min(before.Least, known[0]),
            Most = Math.Max(before.Most, known[^1]),
            Medians = (own.Median < near.Median ? own : near, own.Median > far.Median ? own : far),
        };
    }
}
