namespace Lumen.Conditions;

/// <summary>
/// Relative inverse depth, near is bright, stretched to 0...1 in each picture as MiDaS' output is for ControlNets: from known depth,
/// otherwise from an estimator.
/// </summary>
/// <param name="estimator">Gives relative inverse depth (MiDaS, Depth Anything) in one channel, or null.</param>
public sealed class DepthCondition(IPictureEstimator? estimator = null) : RasterCondition
{
    /// <inheritdoc/>
    public override ConditionKind Kind => ConditionKind.Depth;

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var relative = source.Depth is { } depth ? RelativeDepth.FromMetres(depth) : RelativeDepth.Stretched(Estimate(source));
        return new ConditionRaster(
            source.Picture.Width,
            source.Picture.Height,
            1,
            Array.ConvertAll(relative, value => (byte)(value * 255))
        );
    }

    private float[] Estimate(AnnotatedPicture source)
    {
        if (estimator is null)
            throw new LumenException(
                LumenErrorKind.Option,
                "The depth of this picture is not known. Give `Depth` a 16-bit PNG of millimetres, or `Estimator` an ONNX model that "
                    + "estimates inverse depth."
            );
        var map = estimator.Estimate(source.Picture);
        map.RequireChannels(1, "depth");
        return map.Values;
    }
}
