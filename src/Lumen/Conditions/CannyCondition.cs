namespace Lumen.Conditions;

/// <summary>
/// Canny edges of the colour picture with OpenCV's numbers; the thresholds that the published ControlNet was trained around are 100 and
/// 200.
/// </summary>
public sealed class CannyCondition : RasterCondition
{
    /// <summary>A condition with two thresholds.</summary>
    /// <param name="low">Gradients above this continue an edge.</param>
    /// <param name="high">Gradients above this begin one.</param>
    /// <exception cref="LumenException">The thresholds are negative, out of order or not numbers.</exception>
    public CannyCondition(double low = 100, double high = 200)
    {
        if (!(low >= 0 && high >= low && double.IsFinite(high)))
            throw new LumenException(
                LumenErrorKind.Option,
                $"The thresholds of Canny's edges must be 0 or more, the low one first, but are {low} and {high}. Usual are 100 and 200."
            );
        (Low, High) = (low, high);
    }

    /// <inheritdoc/>
    public override ConditionKind Kind => ConditionKind.Canny;

    /// <summary>Gradients above this continue an edge.</summary>
    public double Low { get; }

    /// <summary>Gradients above this begin an edge.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public override ConditionRaster Read(AnnotatedPicture source)
    {
        var picture = source.Picture;
        return new ConditionRaster(
            picture.Width,
            picture.Height,
            1,
            CannyEdges.Find(picture.Rgb, (picture.Width, picture.Height, 3), (Low, High))
        );
    }
}
