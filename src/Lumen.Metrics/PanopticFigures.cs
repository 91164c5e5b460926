namespace Lumen.Metrics;

/// <summary>Panoptic quality of one class.</summary>
/// <param name="Matched">True segments that a predicted one of the same class matches (true positives).</param>
/// <param name="Unwanted">Predicted segments without a partner (false positives).</param>
/// <param name="Missed">True segments without a partner (false negatives).</param>
/// <param name="TotalIoU">Sum of the IoU of the matched pairs.</param>
public readonly record struct PanopticFigures(int Matched, int Unwanted, int Missed, double TotalIoU)
{
    /// <summary>True if any segment of the class was seen.</summary>
    public bool Any => Matched + Unwanted + Missed > 0;

    /// <summary>PQ = SQ * RQ, 0...1.</summary>
    public double Pq => Any ? TotalIoU / (Matched + 0.5 * (Unwanted + Missed)) : 0;

    /// <summary>Segmentation quality: mean IoU of the matched pairs, 0...1; 0 without any.</summary>
    public double Sq => Matched > 0 ? TotalIoU / Matched : 0;

    /// <summary>Recognition quality: the F1 score of finding segments, 0...1.</summary>
    public double Rq => Any ? Matched / (Matched + 0.5 * (Unwanted + Missed)) : 0;

    /// <summary>Share of true segments that were found, 0...1; NaN without any.</summary>
    public double Recall => Matched / (double)(Matched + Missed);

    /// <summary>The figures of both together.</summary>
    public PanopticFigures With(PanopticFigures other) =>
        new(Matched + other.Matched, Unwanted + other.Unwanted, Missed + other.Missed, TotalIoU + other.TotalIoU);
}
