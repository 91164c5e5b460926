using Lumen.Augmentation;

namespace Lumen.Cli;

/// <summary>What about an augmentation will not do what its author means.</summary>
internal static class AugmentWarnings
{
    /// <summary>Warns of pictures that the model does not know, or refuses them where it is the built-in toy.</summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="estimate">What was measured on some pictures.</param>
    /// <param name="isToy">Whether the model is the built-in one.</param>
    /// <param name="isAllowed">Whether that was asked for.</param>
    /// <exception cref="LumenException">It is refused.</exception>
    public static void OfKind(Terminal terminal, AugmentationEstimate estimate, bool isToy, bool isAllowed)
    {
        var drift = estimate.Drift?.Describe(estimate.Farthest);
        if (isToy && (estimate.IsForeign || drift is not null))
        {
            const string Toy =
                "The built-in model knows the streets it was made with and nothing else, and these pictures are of another kind: "
                + "their new pictures are toy streets with roughly their layout, and spoil what is trained on them.";
            if (!isAllowed)
                throw new LumenException(
                    $"{Toy} Give --model and --adapter that know such pictures, or --allow-toy to do it all the same."
                );
            terminal.Warn(Toy);
        }
        else if (drift is not null)
            terminal.Warn(
                $"{drift} New pictures will follow the layout less than usual; look at lumen/preview.png, or fit a basis and train "
                    + "an adapter on such pictures."
            );
    }
}
