namespace Lumen.Research.Evaluation;

/// <summary>Where an evaluation is.</summary>
/// <param name="Stage">What is being done, in plain words.</param>
/// <param name="Done">Items of this stage that are done.</param>
/// <param name="Total">Items of this stage.</param>
public readonly record struct EvaluationProgress(string Stage, int Done, int Total);
