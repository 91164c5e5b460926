using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>Why a network gives values that are not finite: its weights may hold some themselves, which no option mends.</summary>
internal static class FiniteWeights
{
    /// <summary>The sentence for a network whose results are not finite.</summary>
    /// <param name="what">Where they showed: "The denoiser gave values that are not finite at step 3 of 20."</param>
    /// <param name="otherwise">What may help where the weights are sound.</param>
    /// <param name="networks">The networks that took part, by what messages call them.</param>
    public static LumenException Fault(string what, string otherwise, params IReadOnlyList<(string Name, nn.Module? Network)> networks)
    {
        foreach (var (name, network) in networks)
        {
            if (network is not null && FirstBroken(network) is { } weight)
                return new LumenException(
                    LumenErrorKind.Model,
                    $"{what} The weights of {name} hold values that are no numbers themselves ({weight}): the file is damaged, or "
                        + "its training went astray. No option mends that; fetch the file again, or take an earlier checkpoint."
                );
        }
        return new LumenException(LumenErrorKind.Model, $"{what} {otherwise}");
    }

    private static string? FirstBroken(nn.Module network)
    {
        using var frozen = no_grad();
        foreach (var (name, weight) in network.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (!weight.isfinite().all().item<bool>())
                return name;
        }
        return null;
    }
}
