using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

/// <summary>The losses of self-distillation, each a scalar with a gradient, in float32.</summary>
internal static class DistillationLoss
{
    private const double Tiny = 1e-8;

    /// <summary>
    /// Cross-entropy between the teacher's distribution of one large view and the student's of every other view, averaged over pairs and
    /// pictures (Caron et al. 2021, equation 3).
    /// </summary>
    /// <param name="student">[V, B, K] outputs of all views, the teacher's views first.</param>
    /// <param name="teacher">[G, B, K] distributions of the large views.</param>
    /// <param name="temperature">The student's.</param>
    public static Tensor BetweenViews(Tensor student, Tensor teacher, double temperature)
    {
        Shape.Require(
            student,
            nameof(student),
            $"[V, {teacher.shape[1]}, {teacher.shape[2]}] with V of at least {Math.Max(2, teacher.shape[0])}",
            s => s.Length == 3 && s[0] >= Math.Max(2, teacher.shape[0]) && s[1] == teacher.shape[1] && s[2] == teacher.shape[2]
        );
        var (views, large, batch) = (student.shape[0], teacher.shape[0], student.shape[1]);
        using var scope = NewDisposeScope();
        var logarithms = nn.functional.log_softmax(student / temperature, 2); // [V, B, K]
        var all = (logarithms * teacher.sum(0, keepdim: true)).sum();
        var same = (logarithms.narrow(0, 0, large) * teacher).sum();
        return ((same - all) / (batch * large * (views - 1))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Cross-entropy at masked patches: averaged over the masked patches of each view, then over all views (Zhou et al. 2021, iBOT;
    /// Oquab et al. 2023, <c>iBOTPatchLoss</c>).
    /// </summary>
    /// <param name="student">[m, K] outputs at the masked patches.</param>
    /// <param name="teacher">[m, K] distributions at the same places, which the teacher saw.</param>
    /// <param name="weights">[m], one over the number of masked patches of the patch's view.</param>
    /// <param name="views">Number of views, with and without masks.</param>
    /// <param name="temperature">The student's.</param>
    public static Tensor MaskedPatches(Tensor student, Tensor teacher, Tensor weights, long views, double temperature)
    {
        Shape.Require(
            student,
            nameof(student),
            $"{Shape.Text(teacher.shape)}, one row for each masked patch",
            s => s.SequenceEqual(teacher.shape) && s[0] == weights.shape[0]
        );
        using var scope = NewDisposeScope();
        var entropies = -(nn.functional.log_softmax(student / temperature, 1) * teacher).sum(1); // [m]
        return ((entropies * weights).sum() / views).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Pushes the class tokens of a batch apart: the negative mean logarithm of the distance to the nearest other one (Sablayrolles et al.
    /// 2018, <c>KoLeoLoss</c>).
    /// </summary>
    /// <param name="tokens">[B, D] with B of at least 2, any floating type.</param>
    public static Tensor Spread(Tensor tokens)
    {
        Shape.Require(tokens, nameof(tokens), "[B, D] with B of at least 2", s => s is [> 1, _]);
        using var scope = NewDisposeScope();
        var directions = nn.functional.normalize(tokens.to_type(ScalarType.Float32), 2, 1, Tiny);
        Tensor nearest;
        using (no_grad())
        {
            var same = eye(tokens.shape[0], dtype: ScalarType.Float32, device: tokens.device);
            nearest = (directions.mm(directions.t()) - 3 * same).argmax(1); // [B], never itself
        }
        var distances = ((directions - directions.index_select(0, nearest)).square().sum(1) + Tiny).sqrt();
        return (-distances.log().mean()).MoveToOuterDisposeScope();
    }
}
