using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Conditions;

/// <summary>
/// The neural layout as a condition: features of a frozen network, projected by a basis, upsampled to the picture. It needs neither labels
/// nor an estimator, and its numbers are unbounded.
/// </summary>
/// <param name="features">The backbone.</param>
/// <param name="basis">The basis that was fitted to it; it stays the caller's.</param>
internal sealed class NeuralLayoutCondition(IFeatureExtractor features, LayoutBasis basis) : ICondition
{
    /// <inheritdoc/>
    public ConditionKind Kind => ConditionKind.Layout;

    /// <inheritdoc/>
    public int Channels => basis.Components;

    /// <inheritdoc/>
    /// <remarks>The picture's sides must be those the backbone takes: pad it first.</remarks>
    public Tensor Map(AnnotatedPicture source)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var layout = basis.Project(features.Extract(PictureTensor.ToTensor(source.Picture), [0])).cpu(); // [1, N, h, w]
        return Bilinear.Resize(layout, source.Picture.Height, source.Picture.Width).squeeze(0).MoveToOuterDisposeScope(); // [N, H, W]
    }
}
