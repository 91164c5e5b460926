using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Principal components of several blocks of channels, each block on its own (Zhang et al. 2023, "sd-dino"): a component belongs to one
/// block and is zero elsewhere. What they are ordered by - their variances, or what an appearance penalty leaves of them - counts relative
/// to the block's first component, so that no block takes the layout over because it has more channels; the first component of every
/// block comes first. Those of which a penalty leaves less than nothing come last.
/// </summary>
/// <param name="Principal">All components, the most important first.</param>
/// <param name="Leading">For each component the variance of its block's first one, by which its layout is scaled.</param>
internal sealed record BlockComponents(PrincipalComponents Principal, IReadOnlyList<double> Leading)
{
    /// <summary>The best components of all blocks.</summary>
    /// <param name="moments">Of all channels.</param>
    /// <param name="groups">Channels of each block.</param>
    /// <param name="components">N.</param>
    /// <exception cref="LumenException">A block does not vary, or there are fewer components.</exception>
    public static BlockComponents Fit(StreamingMoments moments, IReadOnlyList<int> groups, int components) =>
        Fit(moments, groups, components, (_, _) => null);

    internal static BlockComponents Fit(
        StreamingMoments moments,
        IReadOnlyList<int> groups,
        int components,
        Func<int, int, Tensor?> nuisance
    )
    {
        if (groups.Sum() != moments.Channels)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The blocks have {string.Join(" + ", groups)} channels, but the features have {moments.Channels}."
            );
        using var scope = NewDisposeScope();
        var found = new List<(double Worth, double Variance, double Leading, Tensor Row)>();
        var (start, total) = (0, 0.0);
        foreach (var channels in groups)
        {
            using var own = moments.Narrow(start, channels);
            using var unwanted = nuisance(start, channels);
            using var principal = PrincipalComponents.Fit(own, unwanted);
            if (!(principal.Spectrum[0] > LayoutBasis.LeastVariance))
                throw new LumenException(LumenErrorKind.Model, LayoutBasis.NoVariance);
            var unit = principal.Worths[0] > 0 ? principal.Worths[0] : 1;
            for (var i = 0; i < principal.Count; i++)
            {
                found.Add(
                    (
                        principal.Worths[i] / unit,
                        principal.Spectrum[i],
                        principal.Spectrum[0],
                        nn.functional.pad(principal.Components[i], [start, moments.Channels - start - channels])
                    )
                );
            }
            (start, total) = (start + channels, total + principal.TotalVariance);
        }
        var ordered = found.OrderByDescending(component => component.Worth).ToArray(); // stable: blocks in their order where equal
        using var all = new PrincipalComponents(
            moments.Mean(),
            stack(ordered.Select(component => component.Row)),
            [.. ordered.Select(component => component.Variance)],
            total,
            moments.Count
        );
        return new BlockComponents(all.First(components), [.. ordered.Take(components).Select(component => component.Leading)]);
    }
}
