namespace Lumen.Training;

/// <summary>How many values a layer of a transformer takes for each of its tokens: attention, then two linear layers.</summary>
/// <param name="Width">Width of the tokens.</param>
/// <param name="Hidden">Width between the two linear layers.</param>
/// <param name="QuickGelu">Whether the activation is a product, which keeps both its factors.</param>
internal readonly record struct TransformerActivations(long Width, long Hidden, bool QuickGelu)
{
    /// <summary>
    /// Kept for the gradient: both inputs of norms and their results, queries, keys, values, the mixed values; between the two linear
    /// layers what is there before, in and after the activation.
    /// </summary>
    public double Kept => 8.0 * Width + (QuickGelu ? 3 : 2) * Hidden;

    /// <summary>There at once in the backward pass: gradients around the activation.</summary>
    public double Gradients => 4.0 * Hidden;

    /// <summary>
    /// There at once without a gradient: the stream, both norms' results and sums, and what is between the linear layers.
    /// </summary>
    public double Pass => 5.0 * Width + (QuickGelu ? 4 : 2) * Hidden;
}
