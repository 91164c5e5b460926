using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Edges, depth, normals or classes as the condition of an adapter, cached in bytes: the baselines of the layout, trained by the same
/// recipe.
/// </summary>
/// <param name="settings">Which condition, with every number filled in.</param>
/// <param name="type">The kind of condition.</param>
/// <param name="train">Rasters of the training pictures, [planes, H, W] each.</param>
/// <param name="heldOut">Rasters of the validation pictures.</param>
internal sealed class RasterTraining(ConditionSettings settings, ConditionType type, TensorCache train, TensorCache heldOut)
    : AdapterCondition
{
    private readonly RasterCondition _condition = type.Create(settings);

    /// <summary>Where conditions are wanted; null for the processor.</summary>
    public Device? Device { get; init; }

    /// <inheritdoc/>
    public override ConditionSettings Settings => settings;

    /// <inheritdoc/>
    public override int Channels => _condition.Channels;

    /// <inheritdoc/>
    public override Tensor Train(int[] indices, BatchPart part, (long Height, long Width) size, RandomStream random) =>
        Expanded(train, part.Of(indices), size);

    /// <inheritdoc/>
    public override Tensor HeldOut(int[] indices, (long Height, long Width) size) => Expanded(heldOut, indices, size);

    /// <summary>
    /// Mean cosine between the edges of the results and those they were made from; nothing for conditions that a picture alone does not
    /// give.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Figures(Tensor images, int[] indices)
    {
        if (!type.NeedsPictureOnly)
            return [];
        using var scope = NewDisposeScope();
        // [B, K·H·W]
        var own = stack(PictureTensor.ToPictures(images).Select(picture => _condition.Map(new AnnotatedPicture(picture)))).flatten(1);
        var wanted = Expanded(heldOut, indices, (images.shape[2], images.shape[3])).flatten(1).cpu();
        return [new($"{settings.Name}_agreement", nn.functional.cosine_similarity(own, wanted, 1, 1e-8).mean().item<float>())];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Picture> Draw(int[] indices)
    {
        using var scope = NewDisposeScope();
        var rasters = heldOut.Batch(indices).to_type(ScalarType.Byte).permute(0, 2, 3, 1).contiguous(); // [B, H, W, planes]
        var (height, width, planes) = ((int)rasters.shape[1], (int)rasters.shape[2], (int)rasters.shape[3]);
        return
        [
            .. Enumerable
                .Range(0, indices.Length)
                .Select(i => _condition.Draw(new ConditionRaster(width, height, planes, rasters[i].data<byte>().ToArray()))),
        ];
    }

    private Tensor Expanded(TensorCache rasters, int[] indices, (long Height, long Width) size)
    {
        using var scope = NewDisposeScope();
        var batch = rasters.Batch(indices, Device); // [B, planes, H, W]
        Shape.Require(
            batch,
            "the cached condition",
            $"[B, {_condition.Planes}, {size.Height}, {size.Width}]",
            s => s[2] == size.Height && s[3] == size.Width
        );
        return _condition.Expand(batch).MoveToOuterDisposeScope();
    }
}
